"""How requests are recognised: texts → features → a small network → probabilities. No Rasa in here."""
