namespace OpenSettle.Node.Hosting;

/// <summary>Where a process has several chains, each line says whose it is.</summary>
internal sealed class ChainLogs(LoggerFactory inner, string chain) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Named(inner.CreateLogger(categoryName), chain);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    // The inner one belongs to the container.
    public void Dispose()
    {
    }

    private sealed class Named(ILogger inner, string chain) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(logLevel, eventId, state, exception, (written, failure) => $"[{chain}] {formatter(written, failure)}");
    }
}
