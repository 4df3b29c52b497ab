package limit

// NewMemory lets the contract run on the store in the process.
func NewMemory() Store { return newMemory() }

// MemoryStates is how many states the store in the process holds at most.
const MemoryStates = memoryShards * shardStates
