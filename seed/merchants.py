"""Invented names of merchants for each category, the busiest kind first."""

from __future__ import annotations

_NAMES = """
rent: Alder Court Apartments, Northgate Property, Maple & Main Homes
utilities: Riverbend Electric, Clearwater Utility, Prairie Gas
internet_phone: Fiberline, Halo Mobile
car_loan: Union Auto Finance, Crestview Credit Union
car_insurance: Harbor Mutual, Keystone Auto Insurance
health_premium: Evergreen Health Plan, Cedar Cross
subscriptions: Tunewave, Cloudnest, Daily Ledger News, Pagefold Books, Fitloop, Langly, Recipe Atlas,
    Quietmind
household: Homestead Supply, Brightway, Oak Street Hardware, Nook & Linen, Dollar Barn, Kettle & Pan,
    Lumen Lighting, Garden Gate, Tidy Home, Storehouse
groceries: Corner Market, Fresh Valley, Greenleaf Foods, Sunrise Grocers, Pantry Plus, Hill Street Co-op,
    Harvest Fair, Ocean Fish Hall, Old Mill Bakery, Budget Basket, Farmers' Market, Spice Route, Little
    Deli, Nightowl Mini Mart
coffee: Third Wave Coffee, Bean & Leaf, Morning Ritual, Platform 4 Espresso, Copper Kettle, The Daily
    Grind, Sidewalk Roasters, Library Café
restaurants: Luigi's Trattoria, Golden Wok, Taqueria del Sol, Burger Yard, Pho Saigon, The Brass Fork,
    Curry Leaf, Noodle Theory, Smokehouse 21, Green Bowl, Harbor Grill, Pizza al Taglio, Dumpling Lane,
    Blue Plate Diner, La Petite Table, Falafel Corner
fuel: Redline Fuel, Crossroads Gas, Petrolia, Route 9 Station, Lakeside Fuel
transit: Metro Transit, CityCab, Hopride, Parkwell Garage, Bikeshare, Regional Rail
car_repair: Franklin Auto Care, Tire Depot, Quick Lube 12, Bodyworks
pharmacy: Wellspring Pharmacy, Main Street Drugs, CarePoint, Vision & Lens, Dr. Okafor
events: Roxy Cinema, Arena Tickets, Civic Theater, Jazz Cellar, City Museum, Bowl-o-Rama, Climb Works,
    Riverside Festival, Botanic Garden, Escape Hour
apparel: Thread & Co, Northpeak Outdoor, Sole Mate Shoes, Denim Yard, Second Story Thrift, Kids' Closet,
    Linea
personal_care: Shear Delight, Barber Bros, Glow Studio, Nail House, Bloom Cosmetics, Yoga Loft
gifts: Paper Crane, Toy Chest, Bloom Florist, Fine & Dandy, Artisan Row, Bookworm
misc: Post Office, City Hall, Paws & Claws Vet, QuickPrint, Locksmith 24, Laundromat, Self Storage Six
online: Bazaarly, Gadget Port, Shipfast Outlet, Craftsy Lane, Pixel Parts, Bookharbor, Everything Depot,
    Plantmail, Retro Games Online
flights: Meridian Air, Skybridge, Polar Airways
hotels: Hotel Aurora, Seaview Inn, Staywell, Mountain Lodge
appliances: Voltage Electronics, Appliance World, Sofa & Sons
dentist: Bright Smile Dental, Dr. Lindqvist DDS
education: Lakeside College, Code Academy West, Piano Lessons Ito
donations: Red River Relief, Shelter First, Public Radio 91
"""


def _read(text: str) -> dict[str, tuple[str, ...]]:
    lines = text.strip().replace("\n    ", " ").splitlines()
    return {
        slug: tuple(name.strip() for name in names.split(","))
        for slug, _, names in (line.partition(":") for line in lines)
    }


MERCHANTS = _read(_NAMES)
"""The merchants of each category."""
FROM_AFAR = (
    "مخبز السلام",
    "寿司処かわ",
    "מאפיית השכונה",
    "Café Zoë & Søn",
    "مطعم بيروت",
    "Łódź Deli",
    "Señor Taco 🌮",
)
"""Names in other scripts and directions, in NFC."""
