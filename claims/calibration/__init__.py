"""Verdicts and intervals against planted truth: how often they are wrong."""
