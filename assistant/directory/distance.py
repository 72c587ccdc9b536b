"""Great-circle distances."""

import numpy as np
from numpy.typing import NDArray

from assistant.directory.models import Point

EARTH_RADIUS_KM = 6371.0088
Degrees = NDArray[np.float64]


def distances_km(origin: Point, latitudes: Degrees, longitudes: Degrees) -> Degrees:
    """Haversine distances in km from `origin` to each position in degrees."""
    latitude, longitude = np.radians(origin.latitude), np.radians(origin.longitude)
    other_latitudes, other_longitudes = np.radians(latitudes), np.radians(longitudes)
    chord = (
        np.sin((other_latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(other_latitudes) * np.sin((other_longitudes - longitude) / 2) ** 2
    )
    distances: Degrees = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distances


def distance_km(one: Point, other: Point) -> float:
    """Haversine distance in km."""
    return float(distances_km(one, np.array([other.latitude]), np.array([other.longitude]))[0])
