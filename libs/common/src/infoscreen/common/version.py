"""The version of Infoscreen: one for every service, client, image and the chart."""

VERSION = "1.0.0"
