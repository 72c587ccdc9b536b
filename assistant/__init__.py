"""The application: procedures, places, appointments, and the dialogue that joins them."""
