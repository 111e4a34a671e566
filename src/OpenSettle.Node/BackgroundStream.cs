using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace OpenSettle.Node;

/// <summary>
/// Writes to another stream on a thread of its own, in the order in which it is given: who makes the bytes does not wait for who
/// compresses them. Few blocks are on their way at a time.
/// </summary>
internal sealed class BackgroundStream : Stream
{
    private const int BlockBytes = 256 * 1024;
    private const int Blocks = 4;

    private readonly Stream _inner;
    private readonly BlockingCollection<byte[]> _free = [];
    private readonly BlockingCollection<(byte[] Block, int Length)> _full = [];
    private readonly Thread _thread;
    private volatile ExceptionDispatchInfo? _failure;
    private byte[] _block;
    private int _length;

    /// <param name="inner">Nobody else touches it before <see cref="Complete"/>, or the end of this one.</param>
    public BackgroundStream(Stream inner)
    {
        _inner = inner;
        for (var i = 0; i < Blocks; i++) _free.Add(new byte[BlockBytes]);
        _block = _free.Take();
        _thread = new Thread(Run) { Name = "bundle writer", IsBackground = true };
        _thread.Start();
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Waits until all is written. What went wrong there is thrown here.</summary>
    public void Complete()
    {
        if (_length > 0) HandOver();
        Join();
        _failure?.Throw();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var taken = Math.Min(buffer.Length, BlockBytes - _length);
            buffer[..taken].CopyTo(_block.AsSpan(_length));
            _length += taken;
            buffer = buffer[taken..];
            if (_length == BlockBytes) HandOver();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // What is written is on its way; Complete waits for it.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Join();
            _free.Dispose();
            _full.Dispose();
        }

        base.Dispose(disposing);
    }

    private void HandOver()
    {
        _failure?.Throw();
        _full.Add((_block, _length));
        (_block, _length) = (_free.Take(), 0);
    }

    private void Join()
    {
        if (!_full.IsAddingCompleted) _full.CompleteAdding();
        _thread.Join();
    }

    private void Run()
    {
        foreach (var (block, length) in _full.GetConsumingEnumerable())
        {
            try
            {
                // After a failure nothing more is written, and whoever waits for a block still gets one.
                if (_failure is null) _inner.Write(block, 0, length);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _free.Add(block);
        }
    }
}
