import Ledger
import Sync
import Wire

/// What has to hold of what comes over a line.
extension World {
    /// Whoever is not the owner of a session learns nothing of it.
    func checkStranger(_ payloads: [Line.Payload]) throws(Violation) {
        for case .text(let bytes) in payloads {
            guard let json = try? JSON(parsing: bytes), let message = try? Message(json: json) else { continue }
            switch message {
            case .response(_, let result):
                for case .attached(let attached) in (try? InitializeResult(json: result))?.layer?.resumed ?? [] {
                    throw Violation("session \(attached.session) is shown to another user")
                }
            case .notification(let method, _), .request(_, let method, _):
                throw Violation("another user is sent \(method)")
            case .failure: break
            }
        }
    }

    /// The answer to a prompt comes behind the entries of its turn.
    func checkOrder(_ message: Message, over line: Line) throws(Violation) {
        switch message {
        case .notification(Method.update, let params):
            line.received = max(line.received, params.belay?["seq"]?.integer(in: .position) ?? 0)
        case .notification(Method.event, let params):
            line.received = max(line.received, params["seq"]?.integer(in: .position) ?? 0)
        case .response(_, let result):
            for case .attached(let attached) in (try? InitializeResult(json: result))?.layer?.resumed ?? [] {
                line.received = max(line.received, attached.afterSeq, attached.missing?.range.upperBound ?? 0)
            }
            guard result["stopReason"] != nil, let turn = result.belay?["turnId"]?.string,
                let session = line.client.disk.session, line.restores == disk.restores
            else { return }
            let end = disk.sessions[session]?.decoded.last { entry in
                if case .event(.turnEnd(TurnID(turn), _)) = entry.body { true } else { false }
            }
            let known = max(line.received, line.client.disk.position(in: session)?.seq ?? 0)
            try require(
                end?.seq ?? 0 <= known, "the answer of \(turn) comes before its entries: \(known) of \(end?.seq ?? 0)")
        case .notification, .request, .failure: break
        }
    }
}
