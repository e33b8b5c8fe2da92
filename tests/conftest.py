"""One thread of BLAS a test process: its threads and XLA's would wait for each other by spinning."""

import scipy.linalg  # noqa: F401  (a library must be loaded to be limited)
from threadpoolctl import threadpool_limits

threadpool_limits(limits=1, user_api="blas")
