"""The conversation: Rasa hosted in process, its domain, and the replies of the contract."""
