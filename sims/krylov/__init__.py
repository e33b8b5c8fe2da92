"""Draws that are exact in law at any dimension and need no matrix."""
