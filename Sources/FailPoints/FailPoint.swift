#if DEBUG
    import Glibc
    import Synchronization

    /// A named point in the code where a test can pause, kill or mislead the program.
    ///
    /// A test that needs a long turn, or a server that dies at one exact moment, uses a fail point instead of sleeping:
    /// the product contains no delays. In release builds the functions are empty.
    ///
    /// Another process is controlled by its environment, in the syntax of ``FailPointSetting``:
    /// `BELAY_FAILPOINT=librarian.step4=hold:/tmp/gate` waits at the point for as long as `/tmp/gate` exists, and
    /// `BELAY_FAILPOINT=librarian.step4=crash` kills the process as `kill -9` does. ``FailPointName`` lists all points.
    public enum FailPoint {
        /// What a test wants to happen at a point.
        public enum Action: Sendable {
            /// Waits for as long as the file exists; cancelling the task ends the wait.
            case hold(whileExists: String)
            /// Kills the process with SIGKILL.
            case crash
            /// Skips what the point is about, where the code supports it.
            case drop
            /// Runs a closure of the test; its errors are thrown at the point.
            case perform(@Sendable () async throws -> Void)
        }

        /// What the code at a point must do next.
        public enum Outcome: Sendable {
            /// Continue as if there were no fail point.
            case proceed
            /// Skip the next step.
            case drop
        }

        private struct Key: Hashable {
            var name: String
            var scope: String?
        }

        private static let actions = Mutex<[Key: Action]>([:])
        private static let counts = Mutex<[String: Int]>([:])

        /// The settings of the environment, read once.
        private static let environment: [String: FailPointSetting] = {
            guard let value = getenv("BELAY_FAILPOINT") else { return [:] }
            return FailPointSetting.parse(String(cString: value))
        }()

        /// Sets what happens at a point in this process.
        ///
        /// - Parameters:
        ///   - name: The name of the point.
        ///   - scope: Restricts the setting, for example to one session, so that parallel tests do not interfere; `nil`
        ///     applies to all.
        ///   - action: What happens; `nil` removes the setting.
        public static func set(_ name: String, scope: String? = nil, to action: Action?) {
            actions.withLock { $0[Key(name: name, scope: scope)] = action }
        }

        /// A point in a task: does what a test asked for, normally nothing.
        ///
        /// - Throws: `CancellationError` when the task is cancelled while it is held, and the errors of a test's
        ///   action.
        public static func reached(_ name: String, scope: String? = nil) async throws {
            switch action(at: name, scope: scope) {
            case nil, .drop: return
            case .hold(let path):
                while access(path, F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            case .crash: kill(getpid(), SIGKILL)
            case .perform(let work): try await work()
            }
        }

        /// A point in synchronous code: holding it blocks the thread.
        ///
        /// - Returns: Whether to skip the next step; only points that have one to skip look at it.
        @discardableResult
        public static func hit(_ name: String, scope: String? = nil) -> Outcome {
            precondition(FailPointName(rawValue: name) != nil, "the fail point '\(name)' is not in FailPointName")
            switch action(at: name, scope: scope) {
            case nil: return .proceed
            case .hold(let path):
                while access(path, F_OK) == 0 { usleep(10_000) }
                return .proceed
            case .crash:
                kill(getpid(), SIGKILL)
                return .proceed
            case .drop: return .drop
            case .perform: preconditionFailure("'\(name)' is not a point in a task")
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
    /// A named point in the code where a test can pause or kill the program; in release builds it has no effect.
    public enum FailPoint {
        /// What the code at a point must do next.
        @frozen
        public enum Outcome: Sendable {
            /// Continue: the only outcome in release builds.
            case proceed
            /// Skip the next step; never returned in release builds.
            case drop
        }

        /// A point in a task; empty in release builds.
        @inlinable
        public static func reached(_ name: @autoclosure () -> String, scope: @autoclosure () -> String? = nil)
            async throws
        {}

        /// A point in synchronous code; empty in release builds.
        @inlinable
        @discardableResult
        public static func hit(_ name: @autoclosure () -> String, scope: @autoclosure () -> String? = nil) -> Outcome {
            .proceed
        }
    }
#endif
