"""Drills: cause a failure, wait until the alarm's notification arrives, repair it, and wait for the recovery."""
