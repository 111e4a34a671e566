using System.Collections;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// The payments of an epoch, read from the books as often as they are gone through, so that an epoch of any length needs the memory of
/// a few bytes for each. They are divided first: that says under which terms each is, and how many events name it.
/// </summary>
internal sealed class EpochPayments(IBooks books, ulong lastBlock, TermsResolver resolver, CancellationToken cancellation) : IEnumerable<DividedPayment>
{
    // By the payments' order.
    private readonly List<int> _terms = [];
    private readonly List<(int Payment, ulong Events)> _named = [];

    public int Count => _terms.Count;

    /// <summary>Goes through them for the first time.</summary>
    public Division Divide(UsageTally tally)
    {
        var division = new Division();
        foreach (var settled in Read())
        {
            var terms = resolver.Resolve(settled.Payment.Model, settled.Payment.Block);
            var events = tally.Name(settled, terms);
            division.Add(new DividedPayment(settled, terms, events));
            if (events > 0) _named.Add((_terms.Count, events));
            _terms.Add(terms.Id);
        }

        return division;
    }

    public IEnumerator<DividedPayment> GetEnumerator()
    {
        var (at, named) = (0, 0);
        foreach (var settled in Read())
        {
            if (at == _terms.Count || resolver.All[_terms[at]].Model != settled.Payment.Model) throw Changed();
            var events = named < _named.Count && _named[named].Payment == at ? _named[named++].Events : 0;
            yield return new DividedPayment(settled, resolver.All[_terms[at]], events);
            at++;
        }

        if (at != _terms.Count) throw Changed();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<SettledPayment> Read()
    {
        foreach (var settled in books.Stream(session => session.Payments.EachUndivided(lastBlock)))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return settled;
        }
    }

    private StorageException Changed() =>
        new(StorageErrorKind.Inconsistent, $"The payments that wait by block {lastBlock} changed while they were divided.");
}
