"""Makes the files that come with the app: portraits, demo motion, landmark basis, face mesh."""
