import Ledger
import Wire

/// What the store said last of the tokens of open connections.
///
/// They are checked twice a second. While no token is revoked, the store is asked for one number, and for the records
/// of tokens that are new here; whether a token has expired is a question to the clock.
struct TokenWatch: Sendable {
    /// The number of revocations behind which the records were read.
    private var revocations: Int64?
    private var records: [String: TokenRecord] = [:]

    /// The tokens whose records have to be read.
    func unread(of tokens: Set<String>, revocations: Int64) -> Set<String> {
        revocations == self.revocations ? tokens.filter { records[$0] == nil } : tokens
    }

    /// Takes records that were read behind that number, and keeps those of the tokens that are in use.
    ///
    /// An answer that comes behind a later one brings an older number, with which the next check reads all again.
    mutating func update(_ read: [TokenRecord], of tokens: Set<String>, revocations: Int64) {
        records = revocations == self.revocations ? records.filter { tokens.contains($0.key) } : [:]
        self.revocations = revocations
        for record in read { records[record.id] = record }
    }

    /// Why a token is not valid at that time; `nil` when it is, or was not read yet.
    func refusal(of token: String, at now: Timestamp) -> Refusal? { records[token]?.refusal(at: now) }

    /// Has all records read again.
    mutating func forget() { revocations = nil }
}
