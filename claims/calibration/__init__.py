"""Verdicts and intervals against planted truth, by the thousand: how often they are wrong."""
