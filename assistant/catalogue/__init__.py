"""The procedures: read from files, planned by situation, put into words."""
