"""The paths of media, beside which there is one of their actions: for that one, other methods are answered 405."""

from starlette.convertors import StringConvertor, register_url_convertor


class _MediumConvertor(StringConvertor):
    regex = "(?!actions$)[^/]+"


register_url_convertor("medium", _MediumConvertor())

ACTIONS = "/media/actions"
MEDIUM = "/media/{media_id:medium}"
