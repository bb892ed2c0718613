public import NIOCore

/// The name a sender gives a request; good for one connection and never an identity.
public enum RequestID: Hashable, Sendable {
    /// A number.
    case number(Int64)
    /// A string.
    case string(String)
    /// `null`: what an error answers to when the request's own id could not be read.
    case null
}

/// One JSON-RPC 2.0 message.
public enum Message: Hashable, Sendable {
    /// Wants an answer.
    case request(RequestID, method: String, params: JSON)
    /// Wants none.
    case notification(method: String, params: JSON)
    /// Answers a request.
    case response(RequestID, result: JSON)
    /// Refuses a request.
    case failure(RequestID, RPCError)
}

extension RequestID: JSONConvertible {
    /// The longest id, in bytes.
    public static let bytesMaximum = 128

    /// Reads an id.
    public init(json: JSON) throws(RPCError) {
        switch json {
        case .string(let value):
            // It is kept for as long as its answer is to come, and sent back with it.
            guard value.utf8.count <= RequestID.bytesMaximum else {
                throw RPCError(.invalidRequest, "'id' is longer than \(RequestID.bytesMaximum) bytes")
            }
            self = .string(value)
        case .integer(let value): self = .number(value)
        case .null: self = .null
        case .bool, .number, .array, .object: throw RPCError(.invalidRequest, "'id' is not an integer or a string")
        }
    }

    /// The id.
    public var json: JSON {
        switch self {
        case .number(let value): .integer(value)
        case .string(let value): .string(value)
        case .null: .null
        }
    }
}

extension Message: JSONConvertible {
    /// Reads a message; a missing `jsonrpc` member is forgiven, another version is not.
    public init(json: JSON) throws(RPCError) {
        guard case .object = json else { throw RPCError(.invalidRequest, "a message is a JSON object") }
        if let version = json["jsonrpc"], version != "2.0" {
            throw RPCError(.invalidRequest, "'jsonrpc' is not \"2.0\"")
        }
        let id = try json["id"].map { value throws(RPCError) in try RequestID(json: value) }
        if let method = json["method"] {
            guard let method = method.string else { throw RPCError(.invalidRequest, "'method' is not a string") }
            let params = json["params"] ?? .object([])
            if let id, id != .null {
                self = .request(id, method: method, params: params)
            } else {
                self = .notification(method: method, params: params)
            }
        } else if let error = json["error"], error != .null {
            do throws(RPCError) {
                self = .failure(id ?? .null, try RPCError(json: error))
            } catch {
                // A bad error object is a bad message: there are no parameters that could be invalid.
                throw RPCError(.invalidRequest, "'error': \(error.message)")
            }
        } else if let id, let result = json["result"] {
            self = .response(id, result: result)
        } else {
            throw RPCError(.invalidRequest, "neither 'method' nor 'result' nor 'error'")
        }
    }

    /// The message.
    public var json: JSON {
        switch self {
        case .request(let id, let method, let params):
            ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": params]
        case .notification(let method, let params):
            ["jsonrpc": "2.0", "method": .string(method), "params": params]
        case .response(let id, let result):
            ["jsonrpc": "2.0", "id": id.json, "result": result]
        case .failure(let id, let error):
            ["jsonrpc": "2.0", "id": id.json, "error": error.json]
        }
    }

    /// The message as the payload of one frame.
    public var encoded: ByteBuffer { json.encoded }
}
