import Crypto
public import Ledger
public import Wire

/// Making and checking tokens: 256 random bits, shown once, kept as a hash.
public enum Tokens {
    /// What tokens begin with, so that a leaked one is recognized.
    public static let prefix = "belay_"

    /// A new token.
    ///
    /// - Parameters:
    ///   - principal: Whose it is.
    ///   - lifetime: How long it is good; for ever when `nil`.
    ///   - now: When it is made, in milliseconds since 1970.
    /// - Returns: The token, which is kept nowhere, and its record.
    public static func make(
        for principal: Principal, lifetime: Duration?, now: Timestamp
    ) -> (token: String, record: TokenRecord) {
        // The system generator is getrandom(2).
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<4).flatMap { _ in
            withUnsafeBytes(of: generator.next() as UInt64) { Array($0) }
        }
        let token = prefix + Base64URL.encode(secret)
        let name = withUnsafeBytes(of: generator.next() as UInt64) { Base64URL.encode(Array($0.prefix(6))) }
        let record = TokenRecord(
            id: name, hash: hash(token), principal: principal, createdAt: now,
            expiresAt: lifetime.map { now + $0.milliseconds })
        return (token, record)
    }

    /// SHA-256 of a token. It has 256 random bits, so no salt and no slow hash would make it harder to find.
    public static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
