/// Where a client of the examination is: its address, and what it says of itself.
struct Place: Sendable {
    /// The local address to connect from; the system's choice when `nil`.
    var address: String?
    /// `User-Agent`.
    var userAgent: String
    /// Headers as a network in between may add them.
    var headers: [(String, String)]

    /// Where the cases begin.
    static let home = Place(userAgent: "belay-verify/home (Linux)", headers: geography("DE", "52.5,13.4"))
    /// Somewhere else.
    static let away = Place(userAgent: "belay-verify/away (Android)", headers: geography("JP", "35.7,139.7"))

    /// The same from that address.
    func at(_ address: String?) -> Place {
        var place = self
        place.address = address
        return place
    }

    private static func geography(_ country: String, _ location: String) -> [(String, String)] {
        [("X-Geo-Country", country), ("X-Geo-Location", location), ("Accept-Language", country.lowercased())]
    }
}
