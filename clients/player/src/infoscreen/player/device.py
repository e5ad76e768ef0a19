"""The machine's health: temperature and undervoltage. A value that the machine does not tell is None."""

import asyncio
import contextlib
import shutil
from pathlib import Path

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_SENSORS = Path("/sys/class/hwmon")
_VOLTAGE_SENSOR, _VOLTAGE_ALARM = "rpi_volt", "in0_lcrit_alarm"
_FIRMWARE_SECONDS = 5.0
_UNDERVOLTAGE_NOW, _UNDERVOLTAGE_SINCE_BOOT = 1 << 0, 1 << 16


def temperature_celsius(source: Path = _THERMAL) -> float | None:
    """The processor's temperature."""
    try:
        return round(int(source.read_text()) / 1000, 1)
    except (OSError, ValueError):
        return None


async def undervoltage(sensors: Path = _SENSORS) -> bool | None:
    """Whether a Raspberry Pi's power supply is too weak, or was since the last boot."""
    throttled = await _throttled()
    if throttled is not None:
        return bool(throttled & (_UNDERVOLTAGE_NOW | _UNDERVOLTAGE_SINCE_BOOT))
    return _voltage_alarm(sensors)


def _voltage_alarm(sensors: Path) -> bool | None:
    """The alarm of the kernel's driver."""
    for sensor in sensors.glob("*"):
        with contextlib.suppress(OSError, ValueError):
            if (sensor / "name").read_text().strip() == _VOLTAGE_SENSOR:
                return bool(int((sensor / _VOLTAGE_ALARM).read_text()))
    return None


async def _throttled() -> int | None:
    """The firmware's flags: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled."""
    command = shutil.which("vcgencmd")
    if command is None:
        return None
    process = await asyncio.create_subprocess_exec(
        command, "get_throttled", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_FIRMWARE_SECONDS):
            output, _ = await process.communicate()
        return int(output.decode().strip().partition("=")[2], 0)
    except (TimeoutError, ValueError):
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
