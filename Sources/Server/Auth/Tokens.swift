import Crypto
public import Ledger
public import Wire

/// Makes and hashes bearer tokens: 256 random bits, shown once, stored as SHA-256.
public enum Tokens {
    /// The prefix of every token, by which scanners recognize a leaked one.
    public static let prefix = "belay_"

    /// The alphabet of token IDs. No `-`: an ID is an argument of a command line, where that begins an option.
    private static let nameLetters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    /// The length of an ID: of 36¹⁰, a hundred thousand tokens hardly ever have two that are equal.
    private static let nameLength = 10

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - principal: The user that it signs in as.
    ///   - lifetime: How long it is valid; `nil` for no end.
    ///   - now: The time of its creation, in milliseconds since 1970.
    /// - Returns: The token, which is stored nowhere, and the record to store.
    public static func make(
        for principal: Principal, lifetime: Duration?, now: Timestamp
    ) -> (token: String, record: TokenRecord) {
        // The system generator reads getrandom(2).
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<4).flatMap { _ in
            withUnsafeBytes(of: generator.next() as UInt64) { Array($0) }
        }
        let token = prefix + Base64URL.encode(secret)
        let name = (0..<nameLength).map { _ in nameLetters[Int.random(in: nameLetters.indices, using: &generator)] }
        let record = TokenRecord(
            id: String(name), hash: hash(token), principal: principal, createdAt: now,
            expiresAt: lifetime.map { now + $0.milliseconds })
        return (token, record)
    }

    /// The SHA-256 of a token. Salt or a slow hash would add nothing: a token has 256 random bits.
    public static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
