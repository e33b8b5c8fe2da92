"""Is it so? One claim = statement + prediction + simulation + rivals -> verdict."""
