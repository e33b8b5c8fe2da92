"""Files of data as people have them: one file a family of formats, each giving an array in its own precision.

No pickle is ever loaded. What a file says of its size is held against the memory here, and against what its
bytes can unpack to, before anything is unpacked.
"""
