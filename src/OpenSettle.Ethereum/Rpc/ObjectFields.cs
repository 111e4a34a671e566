namespace OpenSettle.Ethereum.Rpc;

/// <summary>The fields of an object that are read. All others are skipped.</summary>
internal sealed class FieldNames(params string[] names)
{
    private readonly byte[][] _utf8 = [.. names.Select(System.Text.Encoding.UTF8.GetBytes)];

    public string this[int field] => names[field];

    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _utf8.Length; i++)
        {
            if (name.SequenceEqual(_utf8[i])) return i;
        }

        return -1;
    }
}

/// <summary>
/// Goes through one object's fields, in whatever order they come. A known field said twice is refused: two readers could
/// take different ones. Within fields that nobody reads, repetitions do no harm and are not looked for.
/// </summary>
internal struct ObjectFields(FieldNames names)
{
    private uint _seen;
    private uint _present;

    /// <summary>Which known field the cursor stands at.</summary>
    public int Current { get; private set; }

    /// <summary>To the value of the next known field; past the object's end, false.</summary>
    public bool Next(ref ReplyCursor reply)
    {
        while (reply.NextField())
        {
            Current = names.IndexOf(reply.Text("a field's name"));
            reply.Enter();
            if (Current < 0)
            {
                reply.Skip();
                continue;
            }

            var field = 1U << Current;
            if ((_seen & field) != 0) reply.Reply.Refuse($"'{names[Current]}' is there twice.");
            _seen |= field;
            if (!reply.IsNull) _present |= field;
            return true;
        }

        return false;
    }

    /// <summary>Whether the field was there, and not null.</summary>
    public readonly bool Has(int field) => (_present & (1U << field)) != 0;

    /// <summary>Refuses where one of these fields is absent or null.</summary>
    public readonly void Require(ReplyReader reply, params ReadOnlySpan<int> fields)
    {
        foreach (var field in fields)
        {
            if (!Has(field)) reply.Refuse($"'{names[field]}' is missing.");
        }
    }
}
