"""What operators do about the programme, straight in the catalog's database."""

from infoscreen.catalog.programme import groups, playlists, schedule
from infoscreen.catalog.programme.playlists import NewItem
from infoscreen.catalog.screens import players as catalog_players

ENTRY = {
    "group_id": None,
    "player_id": None,
    "priority": 0,
    "position": None,
    "first_day": None,
    "last_day": None,
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "starts": "00:00",
    "ends": None,
    "except_days": [],
    "enabled": True,
}
GROUP = {
    "name": "Foyer",
    "timezone": "Europe/Berlin",
    "language": "de",
    "default_playlist_id": None,
    "hours": [{"weekdays": [1], "starts": "07:00", "ends": "18:00"}],
    "orientation": "left",
}


class Planner:
    """What operators do about the programme."""

    def __init__(self, database, author):
        self.database, self.author = database, author

    async def playlist(self, *items):
        async with self.database.write() as session:
            created = await playlists.create(session, "list", self.author)
        await self.fill(created.playlist.id, *items)
        return created.playlist.id

    async def fill(self, playlist_id, *items):
        wanted = [item if isinstance(item, NewItem) else NewItem(item.id) for item in items]
        async with self.database.write() as session:
            await playlists.replace_items(session, playlist_id, wanted, self.author, None)

    async def group(self, *members, **settings):
        async with self.database.write() as session:
            group_id = (await groups.create(session, GROUP | settings, self.author)).group.id
        for player in members:
            await self.place(player, group_id)
        return group_id

    async def place(self, player, group_id):
        async with self.database.write() as session:
            await catalog_players.place(session, player.id, group_id, self.author)

    async def change_group(self, group_id, **changes):
        async with self.database.write() as session:
            await groups.change(session, group_id, changes, self.author)

    async def entry(self, playlist_id, **settings):
        async with self.database.write() as session:
            settings = ENTRY | {"playlist_id": playlist_id} | settings
            return (await schedule.create(session, settings, self.author)).id
