import Wire

/// Why a model gave no answer, or not a whole one, in a sentence for the user.
enum ModelFailure: TurnError, Hashable {
    /// Nothing answers at the address.
    case unreachable(String, reason: String)
    /// The server refused with an error; without a status when the error came within an answer.
    case server(status: Int?, message: String)
    /// It wants another key, or one at all.
    case key(status: Int, message: String, hint: String)
    /// It has too much to do, and says when to come again.
    case busy(status: Int, message: String, after: Duration?)
    /// What answered is no such server.
    case foreign(String)
    /// The answer broke off.
    case broken(String)
    /// There is no key, and why.
    case noKey(String)

    var sentence: String {
        switch self {
        case .unreachable(let address, let reason): "the model's server at \(address) cannot be reached: \(reason)"
        case .server(let status, let message):
            "the model's server refused" + (status.map { " (\($0))" } ?? "") + ": " + message
        case .key(let status, let message, let hint):
            "the model's server refused the key (\(status)): \(message); \(hint)"
        case .busy(let status, let message, let after):
            "the model's server is busy (\(status)): \(message); ask again "
                + (after.map { "in \(max(1, $0.components.seconds)) seconds" } ?? "later")
        case .foreign(let what): "what answers is no model's server: \(what); correct 'base_url'"
        case .broken(let how): "the model's answer broke off: \(how)"
        case .noKey(let reason): reason
        }
    }

    /// The error's message in an answer of any of the usual forms: `error.message`, `error`, `message`, `detail`.
    static func message(in json: JSON) -> String? {
        let error = json["error"]
        return error?["message"]?.string ?? error?.string ?? json["message"]?.string ?? json["detail"]?.string
    }
}
