import Sync
import Wire

/// An event for a batch run's decisions.
enum BatchEvent: Hashable, Sendable {
    /// The client connects.
    case began
    /// The chat reports something.
    case client(ClientEvent)
    /// SIGINT, SIGTERM or SIGHUP has arrived.
    case signal(Int32)
    /// Time has passed; it comes ten times a second.
    case tick
    /// Something that the run needs does not work, with the exit code and the reason.
    case failed(BatchExit, String)
    /// Nothing can be written to the standard output any more.
    case outputFailed

    /// The prompt of ``BatchAction/send(_:)`` is in the outbox under this key.
    case queued(ClientMessageID)
    /// The prompt of ``BatchAction/cancel(_:)`` was taken back, or else its turn is being stopped.
    case cancelled(isTakenBack: Bool)
    /// The user has answered ``BatchAction/ask(_:)``.
    case decided(RequestKey, isAllowed: Bool)
    /// The session of ``BatchAction/identify``.
    case identified(SessionID)
    /// The entries of ``BatchAction/reread(_:)``, in order.
    case reread([Entry])
    /// The file of ``BatchAction/save(_:in:)`` was written.
    case saved
    /// The last line of ``BatchAction/finish(_:error:text:turns:isDetached:)`` was written, or not.
    case finished(Written)

    /// What was written to the standard output.
    enum Written: Hashable, Sendable {
        /// Everything.
        case whole
        /// Only the beginning: a reader such as head(1) has enough.
        case readerLeft
        /// Only the beginning, for this reason: an answer is lost.
        case failed(String)
    }
}

/// What a batch run wants done. An action that is answered by an event is the last one of its list.
enum BatchAction: Hashable, Sendable {
    /// Put a prompt into the outbox; answered by ``BatchEvent/queued(_:)`` or ``BatchEvent/failed(_:_:)``.
    case send(String)
    /// Cancel a prompt; answered by ``BatchEvent/cancelled(isTakenBack:)``.
    case cancel(ClientMessageID)
    /// Ask the user on the terminal, behind those who are asked already; ``BatchEvent/decided(_:isAllowed:)`` comes some
    /// time later.
    case ask(Question)
    /// Write what was decided about a question.
    case permission(Question, isAllowed: Bool, in: TurnID?, Entry)
    /// Answer a question of the agent.
    case answer(RequestKey, JSON)
    /// Remove a refused prompt from the outbox.
    case takeBack(ClientMessageID)
    /// Ask for the chat's session; answered by ``BatchEvent/identified(_:)``.
    case identify
    /// Read the mirror's copy of this session; answered by ``BatchEvent/reread(_:)``, unless it cannot be read.
    case reread(SessionID)
    /// Forget a chat whose session is unknown to the server, and name its prompts that were not sent.
    case forget
    /// Write an answer into a file; answered by ``BatchEvent/saved`` or ``BatchEvent/failed(_:_:)``.
    case save(String, in: String)
    /// The run reports by itself that its time-out has passed.
    case reportTimeout

    /// Report something on standard error, from this verbosity on.
    case say(String, verbosity: Int)
    /// Write that the client is live for the first time.
    case opened(SessionID, resumed: Bool, connect: Duration)
    /// Write that the connection was lost, and why.
    case lost(String)
    /// Write that the client is live again.
    case resumed(ConnectionStatus.Resume)
    /// Write what an entry meant for the prompt with this key, in this turn.
    case step(TurnCollector.Step, of: ClientMessageID, in: TurnID?, Entry)
    /// Write the last line; answered by ``BatchEvent/finished(_:)``.
    case finish(BatchExit, error: String?, text: String, turns: Int, isDetached: Bool)
    /// End the process.
    case end(BatchRun.Ending)
}
