import Crypto
public import Ledger
public import Wire

/// Making and checking tokens: 256 random bits, shown once, kept as a hash.
public enum Tokens {
    /// What tokens begin with, so that a leaked one is recognized.
    public static let prefix = "belay_"

    /// What names of tokens are made of: they are typed into command lines, where `-` begins an option.
    private static let nameLetters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    /// 36 to the tenth names: a user's hundred thousand tokens hardly ever have two of one name.
    private static let nameLength = 10

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
        let name = (0..<nameLength).map { _ in nameLetters[Int.random(in: nameLetters.indices, using: &generator)] }
        let record = TokenRecord(
            id: String(name), hash: hash(token), principal: principal, createdAt: now,
            expiresAt: lifetime.map { now + $0.milliseconds })
        return (token, record)
    }

    /// SHA-256 of a token. It has 256 random bits, so no salt and no slow hash would make it harder to find.
    public static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
