"""What a command needs of the terminal and of the machine below it."""
