"""The proctor's face of a running sitting: the room board, unsealing, every act on the day."""
