#if DEBUG
    import Glibc
    import Synchronization

    /// A named place in the code where a test can hold, kill or mislead the program.
    ///
    /// A test that needs a turn to be long, or a server to die at one exact moment, says so here instead of sleeping:
    /// the product itself contains no delay. Release builds contain only empty functions.
    ///
    /// Another process is told by its environment, in the words of ``FailPointSetting``:
    /// `BELAY_FAILPOINT=librarian.step4=hold:/tmp/gate` waits at the point for as long as `/tmp/gate` exists, and
    /// `BELAY_FAILPOINT=librarian.step4=crash` kills the process as `kill -9` does. All points stand in
    /// ``FailPointName``.
    public enum FailPoint {
        /// What happens at a point.
        public enum Action: Sendable {
            /// Waits for as long as the file exists; cancelling the task ends the wait.
            case hold(whileExists: String)
            /// Kills the process, without a chance to clean up.
            case crash
            /// Leaves out what the point is about, where the code can.
            case drop
            /// Does what the test says; what it throws is thrown at the point.
            case perform(@Sendable () async throws -> Void)
        }

        /// What the code at a point does next.
        public enum Outcome: Sendable {
            /// Goes on.
            case proceed
            /// Leaves out what it was about to do.
            case drop
        }

        private struct Key: Hashable {
            var name: String
            var scope: String?
        }

        private static let actions = Mutex<[Key: Action]>([:])
        private static let counts = Mutex<[String: Int]>([:])

        /// What the environment asked for; it is read once.
        private static let environment: [String: FailPointSetting] = {
            guard let value = getenv("BELAY_FAILPOINT") else { return [:] }
            return FailPointSetting.parse(String(cString: value))
        }()

        /// Sets what happens at a point in this process.
        ///
        /// - Parameters:
        ///   - name: The point.
        ///   - scope: Whose point, for example one session's: tests that run side by side then do not meet. `nil` is
        ///     everybody's.
        ///   - action: What happens; `nil` takes the action away.
        public static func set(_ name: String, scope: String? = nil, to action: Action?) {
            actions.withLock { $0[Key(name: name, scope: scope)] = action }
        }

        /// Marks a point in a task: does what a test asked for, normally nothing.
        ///
        /// - Throws: `CancellationError` when the task is cancelled while it is held, or what a test's action throws.
        public static func reached(_ name: String, scope: String? = nil) async throws {
            switch action(at: name, scope: scope) {
            case nil, .drop: return
            case .hold(let path):
                while access(path, F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            case .crash: kill(getpid(), SIGKILL)
            case .perform(let work): try await work()
            }
        }

        /// Marks a point on a thread that cannot wait otherwise: a held one blocks the thread.
        ///
        /// - Returns: Whether to leave out what comes next; most points have nothing to leave out and go on.
        @discardableResult
        public static func hit(_ name: String, scope: String? = nil) -> Outcome {
            precondition(FailPointName(rawValue: name) != nil, "the fail point '\(name)' stands in no list")
            switch action(at: name, scope: scope) {
            case nil: return .proceed
            case .hold(let path):
                while access(path, F_OK) == 0 { usleep(10_000) }
                return .proceed
            case .crash:
                kill(getpid(), SIGKILL)
                return .proceed
            case .drop: return .drop
            case .perform: preconditionFailure("'\(name)' is no point of a task")
            }
        }

        private static func action(at name: String, scope: String?) -> Action? {
            let set = actions.withLock { actions in
                actions.isEmpty ? nil : actions[Key(name: name, scope: scope)] ?? actions[Key(name: name, scope: nil)]
            }
            if let set { return set }
            guard let setting = environment[name] else { return nil }
            let count = counts.withLock { counts in
                counts[name, default: 0] += 1
                return counts[name, default: 0]
            }
            return setting.action(at: count)
        }
    }
#else
    /// A named place in the code where a test can hold or kill the program; in release builds nothing can.
    public enum FailPoint {
        /// What the code at a point does next.
        @frozen
        public enum Outcome: Sendable {
            /// Goes on.
            case proceed
            /// Leaves out what it was about to do.
            case drop
        }

        /// Does nothing.
        @inlinable
        public static func reached(_ name: @autoclosure () -> String, scope: @autoclosure () -> String? = nil)
            async throws
        {}

        /// Does nothing.
        @inlinable
        @discardableResult
        public static func hit(_ name: @autoclosure () -> String, scope: @autoclosure () -> String? = nil) -> Outcome {
            .proceed
        }
    }
#endif
