"""Rasa's custom actions: a thin bridge to the application. Each reads the tracker, calls the application, and says the
result with a response of the domain. The engine runs this package in process; `rasa run actions` serves the same.
"""
