import { useRef } from 'preact/hooks';

interface FileButtonProps {
  readonly text: string;
  readonly accept?: string;
  readonly folder?: boolean;
  readonly multiple?: boolean;
  readonly camera?: boolean;
  readonly primary?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A button that lets choose files, or a folder. */
export function FileButton({ text, accept, folder, multiple, camera, primary, onFiles }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={primary ? 'primary' : undefined} onClick={() => input.current!.click()}>
        {text}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        tabIndex={-1}
        aria-label={text}
        accept={accept}
        multiple={multiple ?? folder}
        {...(folder && { webkitdirectory: true })}
        {...(camera && { capture: 'environment' })}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
