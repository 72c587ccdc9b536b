"""The people of the counters: who they are, where they may act, and the trace of what they read."""
