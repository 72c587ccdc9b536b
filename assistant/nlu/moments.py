"""TEMPORARY shim so that training can run: overwrite this file."""
class Moment: ...
def find_moments(text, now):
    return None
