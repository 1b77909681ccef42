import { num, strings } from '../../strings/index.js';
import { type Member, stateText } from '../members.js';

/** The cluster as a table, for screen readers; not seen. */
export function ClusterTable(props: { readonly members: readonly Member[] }) {
  const text = strings.value;
  return (
    <div class="unseen">
      <table>
        <caption>{text.cluster.asTable}</caption>
        <thead>
          <tr>
            {text.cluster.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.members.map((member) => {
            const observation = member.node?.observation ?? null;
            const role = observation?.role ?? '';
            return (
              <tr key={member.id}>
                <th scope="row">{member.name}</th>
                <td>{text.roles[role] ?? role}</td>
                <td>{num(observation?.reign ?? 0)}</td>
                <td>{num(observation?.lastIndex ?? 0)}</td>
                <td>{num(observation?.commitIndex ?? 0)}</td>
                <td>{num(observation?.appliedIndex ?? 0)}</td>
                <td>{stateText(member)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
