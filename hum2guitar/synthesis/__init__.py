"""What is played → sound: label, generator, inversion."""
