"""What runs on the screen: shows the right deck, and goes on showing it when everything else is gone."""
