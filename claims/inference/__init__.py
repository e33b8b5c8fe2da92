"""What simulations say of critical points, exponents and kinds of transition, with nothing told by the theory."""
