"""How numbers, currencies, percentages and units of measure are written.

English first, with the commonest words of German, French, Spanish, Italian and Portuguese.
"""

from collections.abc import Mapping

_UNITS_AND_TEENS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {word: number for number, word in enumerate(_UNITS_AND_TEENS.split(), start=1)} | {
    word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)
}
"""Numbers that are written out."""
SCALES = {
    3: "k thousand tausend mille mil",
    5: "lakh",
    6: "m mn mln mio mio. million millions millionen millón millones milione milioni milhão "
    "milhões",
    7: "crore",
    9: "bn bln billion billions mrd mrd. milliarde milliarden milliard milliards miliardo miliardi",
    12: "tn trn trillion trillions billionen",
}
SYMBOLS = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP",
    "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₫": "VND",
    "฿": "THB", "₴": "UAH", "₦": "NGN", "₱": "PHP", "zł": "PLN", "元": "CNY", "円": "JPY",
}  # fmt: skip
CODES = (
    "USD EUR GBP JPY CHF CNY AUD CAD NZD SEK NOK DKK INR BRL ZAR KRW SGD HKD MXN PLN CZK HUF RUB "
    "TRY ILS THB IDR MYR PHP SAR AED TWD VND UAH NGN EGP ARS CLP COP RON"
)
CURRENCIES = {
    "USD": "dollar dollars u.s.~dollar u.s.~dollars us~dollar us~dollars dlr dlrs",
    "CAD": "canadian~dollar canadian~dollars canadian~dlrs",
    "AUD": "australian~dollar australian~dollars australian~dlrs",
    "EUR": "euro euros",
    "GBP": "pounds~sterling sterling stg",
    "JPY": "yen",
    "CNY": "yuan renminbi",
    "INR": "rupee rupees",
    "CHF": "swiss~franc swiss~francs franken",
    "DEM": "marks",
}
PERCENT = "% ％ percent per~cent pct prozent pour~cent por~ciento por~cento per~cento procent"
UNITS = {
    "km": "kilometer kilometers kilometre kilometres kilómetros kilomètres chilometri quilómetros",
    "m": "meter meters metre metres metros mètres metri",
    "cm": "centimeter centimeters centimetre centimetres",
    "mm": "millimeter millimeters millimetre millimetres",
    "mi": "mile miles", "ft": "foot feet", "in": "inch inches", "yd": "yard yards",
    "kg": "kilogram kilograms kilogramme kilogrammes kilo kilos", "g": "gram grams gramme grammes",
    "mg": "milligram milligrams", "t": "tonne tonnes ton tons tonnen toneladas tonnellate",
    "lb": "lbs pound pounds",
    "oz": "ounce ounces", "l": "L liter liters litre litres", "ml": "mL", "gal": "gallon gallons",
    "bbl": "barrel barrels", "bu": "bushel bushels", "ha": "hectare hectares",
    "acre": "acres", "km²": "km2 sq~km square~kilometers square~kilometres",
    "m²": "m2 sq~m square~meters square~metres", "ft²": "sq~ft square~feet",
    "mi²": "square~miles", "m³": "m3 cubic~meters cubic~metres", "°C": "℃ degrees~celsius",
    "°F": "℉ degrees~fahrenheit", "km/h": "kph kmh", "mph": "miles~per~hour", "m/s": "",
    "W": "watt watts", "kW": "kilowatt kilowatts", "MW": "megawatt megawatts",
    "GW": "gigawatt gigawatts", "TW": "terawatts", "Wh": "",
    "kWh": "kilowatt-hour kilowatt-hours kilowatt~hours", "MWh": "megawatt-hours megawatt~hours",
    "GWh": "gigawatt-hours gigawatt~hours", "TWh": "terawatt-hours terawatt~hours",
    "kB": "KB kilobytes", "MB": "megabyte megabytes", "GB": "gigabyte gigabytes",
    "TB": "terabyte terabytes", "Hz": "hertz", "kHz": "", "MHz": "megahertz", "GHz": "gigahertz",
    "V": "volt volts", "kV": "kilovolts",
}  # fmt: skip
"""The unit's symbol, and how else it is written; `~` is a blank."""
SHORT = frozenset({"in", "V"})
"""Symbols that are too often something else."""


def _table(spelled: Mapping[str, str]) -> dict[str, str]:
    """Each spelling in lower case, with what it means."""
    return {word: key for key, words in spelled.items() for word in words.lower().split()}


CURRENCY_OF = _table(CURRENCIES)
POWER_OF = {word: power for power, words in SCALES.items() for word in words.split()}
UNIT_OF = {unit.lower(): unit for unit in UNITS} | _table(UNITS)
