import Ledger
import Wire

/// `_belay/fork`: a session that begins with a copy of another one.
extension ConnectionActor {
    func fork(_ request: ForkRequest, _ id: RequestID) throws(RPCError) {
        if request.clientSessionKey == nil {
            if let refusal = refusalToWatch(nil) { throw refusal }
        }
        answer(request.session, id) { pin, connection in
            let services = connection.services
            let agent = pin.session.summary.record.agent
            guard services.agent(agent, for: connection.principal) != nil else {
                throw RPCError.invalidParams("this server has no agent '\(agent.withoutControls)' for you any more")
            }
            var forked = try await services.sessions.fork(pin.session, request, services)
            defer { forked.release() }
            // If the session of this key has expired meanwhile, the client gets its successor.
            if let (successor, _) = try await forked.session.successor() {
                forked.release()
                forked = successor
            }
            await connection.begin(forked.session, window: request.window, id)
        }
    }

    /// Watches a fork from its first entry on.
    private func begin(_ session: SessionActor, window: Int64?, _ id: RequestID) async {
        if let refusal = refusalToWatch(session.id) { return queue(refusal, answering: id) }
        let start = Position(epoch: session.summary.record.epoch, seq: 0)
        let attachment = SessionLedger.Attachment.resume(start, window: window)
        await session.attach(attacher, session.id, attachment) { connection, attached in
            connection.watch(attached)
            switch attached.outcome {
            case .refused(_, let error): connection.queue(error, answering: id)
            case .attached(let result):
                connection.queue(
                    .response(
                        id,
                        result: ["sessionId": .string(session.id.rawValue), "_meta": ["belay": result.json]]))
            }
        }
    }
}
