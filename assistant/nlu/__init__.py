"""What a message asks for: custom Rasa components, and the plain functions under them."""
