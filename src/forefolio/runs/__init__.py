"""What was asked for: jobs that are stored, driven, followed, cancelled and gone on with.

Nothing is imported here, because worker processes come through and should start quickly.
"""
