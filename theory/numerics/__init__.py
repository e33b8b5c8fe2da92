"""What every prediction computes with: Newton's method, bisection, quadrature, maps in chunks."""
