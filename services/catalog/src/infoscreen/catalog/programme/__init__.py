"""The programme: what every screen shows when. Playlists, groups of screens, schedule, overrides and commands."""
