import Wire

/// Folds entries into blocks.
extension Transcript {
    /// Appends entries after the last one held. They come in order and without a gap.
    ///
    /// - Returns: How many blocks were begun.
    @discardableResult
    mutating func fold(_ entries: some Sequence<Entry>) -> Int {
        let before = firstID + blocks.count
        for entry in entries {
            if oldestHeld == 0 { oldestHeld = entry.from }
            newestHeld = max(newestHeld, entry.seq)
            // A page may end within a message that continues live.
            _ = held.lacking(of: entry)
            switch entry.body {
            case .update(.userMessage(let chunk)): append(chunk, from: .user, of: entry)
            case .update(.agentMessage(let chunk)): append(chunk, from: .agent, of: entry)
            case .update(.agentThought(let chunk)): append(chunk, from: .thought, of: entry)
            case .update(.toolCall(let call)): begin(call, of: entry)
            case .update(.toolCallUpdate(let call)): change(call, of: entry)
            case .event(.turnEnd(_, let outcome)):
                endMessage()
                if let (kind, text) = outcome.line { append(line: kind, text, of: entry) }
            case .event(.note(let text)): append(line: .note, text, of: entry)
            case .event(.turnStart): endMessage()
            case .event(.request(let question)):
                asked.ask(question)
                append(line: .note, question.line, of: entry)
            case .event(.requestResolved(let resolution)):
                append(line: .note, AskedOptions.line(asked.resolve(resolution)), of: entry)
            case .event(.agentExit(let exit)): append(line: .failure, exit.line, of: entry)
            case .event(.agentRestarted): append(line: .note, "The agent was started again.", of: entry)
            case .event(.forked(let origin)): append(line: .note, origin.sentence, of: entry)
            case .update(.plan), .update(.other), .event(.memory), .event(.agentSession), .event(.other): break
            }
        }
        return firstID + blocks.count - before
    }

    /// Appends a notice, or keeps it until the newest blocks are held.
    mutating func append(ownLine kind: Block.LineKind, _ text: String, at timestamp: Timestamp) {
        let block = Block(
            firstSeq: newestHeld + 1, timestamp: timestamp, body: .line(kind, text.painted))
        if newer == .end {
            append(block)
        } else {
            linesWaiting = linesWaiting.suffix(Transcript.linesWaitingMaximum - 1) + [block]
        }
    }

    private mutating func append(line kind: Block.LineKind, _ text: String, of entry: Entry) {
        append(Block(firstSeq: entry.from, timestamp: entry.timestamp, body: .line(kind, text.painted)))
    }

    private mutating func append(_ block: Block) {
        closeMessage()
        blocks.append(block)
        bytes += block.bytes
    }

    private mutating func append(_ chunk: ContentChunk, from speaker: MessageBlock.Speaker, of entry: Entry) {
        // A link to a file that the text before it names says nothing new.
        if speaker == .user, case .resourceLink(let name, _) = chunk.content,
            case .message(let last)? = blocks.last?.body,
            last.speaker == .user, last.id == chunk.messageID, last.mentions(name)
        {
            return
        }
        var next = Stream(speaker: speaker, id: chunk.messageID, prompt: entry.clientMessageID)
        if let stream { next.sanitizer = stream.sanitizer }
        let isContinued = stream == next
        if !isContinued {
            next.sanitizer = Sanitizer()
            stream = next
        }
        var text = stream?.sanitizer.feed(chunk.content.shown) ?? ""

        var isContinuation = isContinued
        var above: MessageBlock?
        var sharesEntry = false
        if isContinued, let last = blocks.indices.last, case .message(var message) = blocks[last].body,
            message.speaker == speaker, message.id == chunk.messageID
        {
            // Taken out of the array while it changes; otherwise its text would be copied with every chunk.
            bytes -= blocks[last].bytes
            blocks[last].body = .line(.note, "")
            let rest = message.append(text)
            blocks[last].body = .message(message)
            blocks[last].version += 1
            bytes += blocks[last].bytes
            if rest.isEmpty { return }
            text = String(rest)
            (above, sharesEntry) = (message, true)
        }
        repeat {
            var message = MessageBlock(
                speaker: speaker, id: chunk.messageID, isContinued: isContinuation, after: above)
            let rest = message.append(text)
            append(
                Block(
                    firstSeq: entry.from, timestamp: entry.timestamp, body: .message(message),
                    sharesEntry: sharesEntry))
            (isContinuation, above, sharesEntry, text) = (true, message, true, String(rest))
        } while !text.isEmpty
    }

    /// Nothing follows the message that was streaming.
    private mutating func endMessage() {
        stream = nil
        closeMessage()
    }

    /// The last message is complete, so that what it left unfinished is shown as it is.
    mutating func closeMessage() {
        guard let last = blocks.indices.last, case .message(var message) = blocks[last].body, message.isOpen else {
            return
        }
        message.isOpen = false
        blocks[last].body = .message(message)
        blocks[last].version += 1
        if message.isFolded { blocks[last].base += 1 }
    }

    private mutating func begin(_ call: ToolCall, of entry: Entry) {
        if tools[call.id] != nil { return change(call, of: entry) }
        endMessage()
        tools[call.id] = firstID + blocks.count
        append(
            Block(firstSeq: entry.from, timestamp: entry.timestamp, body: .tool(ToolBlock(call, of: entry))))
    }

    private mutating func change(_ call: ToolCall, of entry: Entry) {
        let change = Change(call: call, seq: entry.seq, timestamp: entry.timestamp)
        guard tools[call.id] != nil else { return remember(change) }
        apply(change)
    }

    /// Applies an update to a tool call that is held.
    mutating func apply(_ change: Change) {
        guard let index = tools[change.call.id].map({ $0 - firstID }), case .tool(var tool) = blocks[index].body else {
            return
        }
        bytes -= blocks[index].bytes
        tool.apply(change)
        blocks[index].body = .tool(tool)
        blocks[index].version += 1
        bytes += blocks[index].bytes
    }

    /// Keeps an update for a call that may be loaded later. At the bound one is dropped, and its call will look as if
    /// it were still running.
    mutating func remember(_ change: Change) {
        let id = change.call.id
        if let earlier = orphans[id] {
            orphans[id] = earlier.followed(by: change)
        } else if orphans.count < Transcript.orphansMaximum {
            orphans[id] = change
        }
    }
}

extension ContentBlock {
    /// The text of the block.
    var shown: String {
        switch self {
        case .text(let text): text
        case .resourceLink(let name, let uri): "[\(name)] \(uri)"
        case .other(let json): "[\(json["type"]?.string ?? "?")]"
        }
    }
}

extension TurnOutcome {
    /// The notice about the outcome; `nil` for the normal end of a turn.
    var line: (Block.LineKind, String)? {
        switch self {
        case .stopped(.endTurn): nil
        case .stopped(.cancelled): (.note, "stopped")
        case .stopped(.maxTokens): (.note, "The answer was cut: it reached the limit of its length.")
        case .stopped(.maxTurnRequests): (.note, "The turn was ended: it reached the limit of its requests.")
        case .stopped(.refusal): (.failure, "The agent refused to go on.")
        case .failed(let reason): (.failure, "The turn failed: \(reason)")
        }
    }
}

extension AgentExit {
    /// The notice about an agent that ended: how, and the last line of its standard error.
    var line: String {
        let last = lines.last { !$0.isEmpty }.map { ": \($0.label)" } ?? ""
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + last
    }
}

extension Question {
    /// The text of a question: what the agent asks, and the options.
    var line: String {
        let what = params["toolCall"]?["title"]?.string ?? params["message"]?.string ?? method
        let options = (params["options"]?.array ?? []).compactMap { $0["name"]?.string }
        return "? \(what.label)" + (options.isEmpty ? "" : ": \(options.map(\.label).joined(separator: " / "))")
    }
}
