/// The network location that a client pretends to have: its address and its headers.
struct Place: Sendable {
    /// The local address to connect from; the system's choice when `nil`.
    var address: String?
    /// The value of `User-Agent`.
    var userAgent: String
    /// Headers that a gateway could add, with the client's location.
    var headers: [(String, String)]

    /// The location at the start of each case.
    static let home = Place(userAgent: "belay-verify/home (Linux)", headers: geography("DE", "52.5,13.4"))
    /// Another location, for case 3.
    static let away = Place(userAgent: "belay-verify/away (Android)", headers: geography("JP", "35.7,139.7"))

    /// The same headers with another local address.
    func at(_ address: String?) -> Place {
        var place = self
        place.address = address
        return place
    }

    private static func geography(_ country: String, _ location: String) -> [(String, String)] {
        [("X-Geo-Country", country), ("X-Geo-Location", location), ("Accept-Language", country.lowercased())]
    }
}
