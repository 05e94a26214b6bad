"""What runs around Garbo: images, and the trial exchange with its phones for the demo and the tests."""
